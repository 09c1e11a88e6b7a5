"""Runs OASIS's TAXII 2.1 server on loopback: a configuration's path, a port, and a certificate's path or nothing."""

from __future__ import annotations

import json
import logging
import ssl
import sys
from pathlib import Path

from medallion import application_instance, register_blueprints, set_config


def main() -> None:
    """Serve until ended."""
    config, port, certificate = sys.argv[1:4]
    told = json.loads(Path(config).read_text(encoding="utf-8"))
    for part in ("users", "taxii", "backend"):
        set_config(application_instance, part, told)
    register_blueprints(application_instance)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    application_instance.run("127.0.0.1", int(port), ssl_context=tls, threaded=True)


if __name__ == "__main__":
    main()
