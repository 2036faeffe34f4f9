"""The recorded or live judge, ragas and our own check, held against labelled cases."""
