"""The formats of logs by name: which parser reads each, how it is told from the others, and which rules it is for.

A new format is a new file in warroom/parse/ and its line here. Names of log sources are Sigma's:
https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-appendix-taxonomy.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How one kind of log is read.

    ``parser`` is a module of warroom/parse. ``product``, ``category`` and ``service`` are the Sigma log source that
    the format alone tells; feeds say it more exactly. Events that are ``json`` objects are told apart by their names,
    not by whether a parser understands them. Where a record may have several lines, ``begins`` is a regular expression
    over bytes that its first line matches from its start, and no other. Lines that match ``tells`` (RE2) say how the
    lines below them are to be read, in the rest of the file too. What is not ``recognised`` has to be named, for it
    means nothing without the options of a feed.
    """

    parser: str
    product: str | None = None
    category: str | None = None
    service: str | None = None
    json: bool = False
    begins: bytes | None = None
    tells: str = ""
    recognised: bool = True

    @property
    def logsource(self) -> tuple[str | None, str | None, str | None]:
        """Product, category and service."""
        return self.product, self.category, self.service


#: How the first line of a record begins where it is the only one with a time: `2024-05-01 12:00:00` …
DATE_AND_TIME: Final = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}"
#: The directives of a W3C extended log by which its lines are read.
OF_W3C: Final = r"^#(?:Fields|Date|Start-Date|Time Format)\b"
#: A line that names the values of VPC flow logs.
OF_VPC_FLOW: Final = r"^#?[a-z][a-z0-9 -]*\b(?:srcaddr|dstaddr|interface-id|flow-direction|log-status)\b"

#: In this order a sample is tried: of formats that understand as many of its lines the first one counts.
FORMATS: Final[Mapping[str, LogFormat]] = {
    "modsecurity": LogFormat("modsecurity_lines", "modsecurity"),
    "modsecurity_serial": LogFormat("modsecurity_serial", "modsecurity", begins=rb"--[0-9A-Za-z]{4,40}-A--\r?$"),
    "cri": LogFormat("container_log", "kubernetes"),
    "nginx_error": LogFormat(
        "nginx_error", "nginx", service="nginx", begins=rb"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8} \["
    ),
    "apache_error": LogFormat("apache_error", "apache", service="apache"),
    "traefik": LogFormat("traefik", "traefik", "webserver"),
    "nginx": LogFormat("access_log", "nginx", "webserver"),
    "apache": LogFormat("access_log", "apache", "webserver"),
    "haproxy": LogFormat("haproxy", "haproxy", "webserver"),
    "envoy": LogFormat("web_json", "envoy", "webserver"),
    "iis": LogFormat("w3c", "windows", "webserver", "iis", tells=OF_W3C),
    "httperr": LogFormat("w3c", "windows", "webserver", "httperr", tells=OF_W3C),
    "cloudfront": LogFormat("w3c", "aws", "webserver", "cloudfront", tells=OF_W3C),
    # after those that look at #Fields
    "windows_firewall": LogFormat("windows_firewall", "windows", "firewall", tells=OF_W3C),
    "aws_elb": LogFormat("aws_access", "aws", "webserver", "elb"),
    "aws_s3": LogFormat("aws_access", "aws", service="s3"),
    "fastly": LogFormat("web_json", "fastly", "webserver"),
    "postgresql": LogFormat("postgresql", "postgresql", "database", begins=rb"[^\t ]"),
    "postgresql_csv": LogFormat("postgresql_csv", "postgresql", "database", begins=DATE_AND_TIME),
    "mysql_error": LogFormat("mysql_error", "mysql", "database", begins=rb"[0-9]{6} |[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"),
    "mysql_slow": LogFormat(
        "mysql_slow", "mysql", "database", begins=rb"# User@Host: |\S{1,200}, Version: .{1,300} started with:"
    ),
    "keycloak": LogFormat("keycloak", "keycloak", "application", begins=DATE_AND_TIME),
    "bind": LogFormat("bind", "bind", "dns"),
    "vsftpd": LogFormat("vsftpd", "vsftpd", "ftp"),
    "ntp": LogFormat("ntp", category="ntp", service="ntp"),
    "nat": LogFormat("nat_translation", category="firewall", service="nat"),
    "filterlog": LogFormat("filterlog", "pfsense", "firewall"),
    "cisco": LogFormat("cisco", "cisco", "firewall"),
    "fortigate": LogFormat("fortigate", "fortigate", "firewall"),
    "panos": LogFormat("panos", "paloalto", "firewall"),
    "cef": LogFormat("cef"),
    "leef": LogFormat("leef"),
    "openvpn": LogFormat("openvpn", "openvpn", "vpn"),
    "alert_fast": LogFormat("alert_fast", "snort", "ids"),
    "tcpdump": LogFormat("tcpdump", category="network_traffic"),
    "macos_security": LogFormat("macos_security", "macos"),
    "nfdump": LogFormat("nfdump", "nfdump", "flow", tells=r"^#*(?:ts|firstSeen|first),"),
    "windows_xml": LogFormat("windows_xml", "windows"),
    "vpc_flow": LogFormat(
        "vpc_flow",
        "aws",
        "firewall",
        "vpcflow",
        tells=OF_VPC_FLOW,
    ),
    "syslog": LogFormat("syslog", "linux", service="syslog"),
    "netfilter": LogFormat("netfilter", "linux", "firewall", "netfilter"),
    "jsonl": LogFormat("jsonl", json=True),
    "nginx_json": LogFormat("web_json", "nginx", "webserver", json=True),
    "caddy": LogFormat("web_json", "caddy", "webserver", json=True),
    "aws_waf": LogFormat("web_json", "aws", "webserver", "waf", json=True),
    "azure_gateway": LogFormat("web_json", "azure", "webserver", "applicationgateway", json=True),
    "evtx": LogFormat("evtx_json", "windows", json=True),
    "winlogbeat": LogFormat("windows_json", "windows", json=True),
    "nxlog": LogFormat("windows_json", "windows", json=True),
    "auditd": LogFormat("auditd", "linux", service="auditd"),
    "cloudtrail": LogFormat("cloudtrail", "aws", service="cloudtrail", json=True),
    "guardduty": LogFormat("jsonl", "aws", service="guardduty", json=True),
    "security_hub": LogFormat("jsonl", "aws", service="securityhub", json=True),
    "gcp_audit": LogFormat("cloud_audit", "gcp", service="gcp.audit", json=True),
    "azure_activity": LogFormat("cloud_audit", "azure", service="activitylogs", json=True),
    "azure_signin": LogFormat("cloud_audit", "azure", service="signinlogs", json=True),
    "azure_audit": LogFormat("cloud_audit", "azure", service="auditlogs", json=True),
    "m365_audit": LogFormat("cloud_audit", "m365", service="audit", json=True),
    "docker": LogFormat("container_log", "docker", json=True),
    "k8s_audit": LogFormat("jsonl", "kubernetes", "application", "audit", json=True),
    "suricata_eve": LogFormat("suricata", "suricata", json=True),
    "aws_network_firewall": LogFormat("suricata", "aws", "firewall", "networkfirewall", json=True),
    "laurel": LogFormat("laurel", "linux", service="auditd", json=True),
    "modsecurity_audit": LogFormat("modsecurity_audit", "modsecurity", json=True),
    "wazuh": LogFormat("wazuh", "wazuh", json=True),
    "nfdump_json": LogFormat("nfdump", "nfdump", "flow", json=True),
    "postgresql_json": LogFormat("postgresql_json", "postgresql", "database", json=True),
    "keycloak_json": LogFormat("keycloak_json", "keycloak", "application", json=True),
    "zeek": LogFormat(
        "zeek", "zeek", tells=r"^#(?:separator|set_separator|empty_field|unset_field|path|fields|types)\b"
    ),
    "nginx_custom": LogFormat("custom_access", "nginx", "webserver", recognised=False),
    "apache_custom": LogFormat("custom_access", "apache", "webserver", recognised=False),
    "csv": LogFormat("csv_lines", recognised=False),
    "kv": LogFormat("key_values", recognised=False),
    "pattern": LogFormat("pattern", recognised=False),
}
