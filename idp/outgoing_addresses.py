"""Which machines our own requests may reach: public addresses, and those that the operator allows.

Pure. RFC 6890 and the registries of IANA behind ``ipaddress`` say what is public; OWASP, « Server-Side Request
Forgery Prevention » says why it matters. The requests are sent by ``outgoing.py``.
"""

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
# RFC 6052 §2.1 and RFC 8215: they carry an IPv4 address, which a gateway may deliver at home.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class OutgoingAllow:
    """What ``IDP_OUTGOING_ALLOW`` names: hosts, by their very name, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def names(self, host: str, address: Address) -> bool:
        """Whether the operator allowed this host, or a network that holds this address of it."""
        if host.lower() in self.hosts:
            return True
        # An address and its IPv4-mapped form are the same machine.
        real = _mapped(address) or address
        return any(real in network for network in self.networks)


def parse_allow(text: str, problems: list[str]) -> OutgoingAllow:
    """Hosts and networks, separated by spaces or commas; notes what is neither."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for word in text.replace(",", " ").lower().split():
        network = _network(word)
        if network is not None:
            networks.append(network)
        elif _HOST.fullmatch(word) and not word.rpartition(".")[2].isdecimal():
            hosts.add(word)
        else:
            problems.append(f"IDP_OUTGOING_ALLOW: {word} is neither a host nor a network")
    return OutgoingAllow(frozenset(hosts), tuple(networks))


def _network(word: str) -> Network | None:
    try:
        return ip_network(word)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether it is a machine of the Internet, by its plain address: no form that hides another."""
    if isinstance(address, IPv6Address) and _hides_another(address):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _hides_another(address: IPv6Address) -> bool:
    return (
        address.ipv4_mapped is not None
        or address.sixtofour is not None
        or address.teredo is not None
        or any(address in network for network in _NAT64)
    )


def _mapped(address: Address) -> IPv4Address | None:
    return address.ipv4_mapped if isinstance(address, IPv6Address) else None
