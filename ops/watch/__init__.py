"""The watch over live traffic: what is measured, when it trips, what happens then."""
