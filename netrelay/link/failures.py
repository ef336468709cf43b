"""Reason and cause of an error of the ssl module or of the kernel."""

import ssl

from netrelay.link.link_closed import CloseCause


def failure_of(error: Exception) -> tuple[str, CloseCause]:
    """Return the reason, for people, and the cause of a connection that failed with this error."""
    if isinstance(error, ssl.SSLEOFError):
        return "the connection broke", CloseCause.BROKEN
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"the peer's certificate is not trusted: {error.verify_message}"
        return reason, CloseCause.NOT_PINNED
    if isinstance(error, ssl.SSLError):
        return _tls_failure(error.reason or str(error))
    strerror = getattr(error, "strerror", None)
    return f"the connection broke: {strerror or error}", CloseCause.BROKEN


def _tls_failure(reason: str) -> tuple[str, CloseCause]:
    # OpenSSL's names of received alerts, such as TLSV1_ALERT_UNKNOWN_CA.
    if "ALERT" in reason:
        return f"the peer refused this node: {reason}", CloseCause.REFUSED
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "the peer has no certificate", CloseCause.NOT_PINNED
    return f"TLS failed: {reason}", CloseCause.PROTOCOL
