"""Finds passages. Whatever of the product is imported comes by here, before any library that would report to its makers is."""

import os

for _name in ("ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[_name] = "1"
os.environ["RAGAS_DO_NOT_TRACK"] = "true"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
