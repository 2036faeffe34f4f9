#!/bin/sh
# Fills an empty data directory with what the image was built with, then runs the command named: serve, worker, or any other.
set -eu
umask 077
for part in encoders fitted snapshots; do
    if [ ! -e "$PROOFDESK_DATA_DIR/$part" ]; then
        cp -r "/seed/$part" "$PROOFDESK_DATA_DIR/$part"
    fi
done
exec python -m ops.cli.main "$@"
