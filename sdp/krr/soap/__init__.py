"""The contact and reservation register over SOAP: Oppslagstjenesten 16-02."""

from sdp.krr.endringer import Endringer
from sdp.krr.soap.settings import KrrSoapSettings
from sdp.krr.soap.wire import KrrSoap

__all__ = ["Endringer", "KrrSoap", "KrrSoapSettings"]
