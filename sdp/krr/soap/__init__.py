"""The contact and reservation register over SOAP: Oppslagstjenesten 16-02."""

from sdp.krr.person import Endringer
from sdp.krr.soap.wire import KrrSoap, KrrSoapSettings

__all__ = ["Endringer", "KrrSoap", "KrrSoapSettings"]
