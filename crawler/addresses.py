"""Which network addresses are private, in every spelling a URL may use for one. No network is used here."""

from __future__ import annotations

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def literal(host: str) -> Address | None:
    """The address a host spells: '127.0.0.1', '::1', '2130706433', '0x7f.1', '127.1'; None for a name."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host.strip("[]").split("%")[0])
        except ValueError:
            return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # the spellings the C library and browsers accept
    except (OSError, UnicodeEncodeError):
        return None


def is_private(address: Address) -> bool:
    """Whether it is not an address of the public internet: loopback, private, link-local, shared, reserved, multicast.

    IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64) count as that address.
    """
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None and address in ipaddress.ip_network("64:ff9b::/96"):
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return is_private(embedded)
    return not address.is_global or address.is_multicast


def is_private_literal(host: str) -> bool:
    """Whether the host spells a private address, or is a name that can mean nothing else."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    address = literal(host)
    return address is not None and is_private(address)
