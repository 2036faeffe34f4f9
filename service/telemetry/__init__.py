"""What is told to Prometheus and to OpenTelemetry."""
