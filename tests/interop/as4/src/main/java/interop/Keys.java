package interop;

import com.helger.phase4.crypto.AS4CryptoFactoryInMemoryKeyStore;
import com.helger.phase4.crypto.IAS4CryptoFactory;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Whom phase4 trusts, and the keys it signs with. */
final class Keys {
    private Keys() {}

    /** Trust the certificates of a PEM file, and have no key. */
    static IAS4CryptoFactory trusting(String pem) throws Exception {
        KeyStore trusted = empty();
        try (InputStream content = new FileInputStream(pem)) {
            for (Certificate found :
                    CertificateFactory.getInstance("X.509").generateCertificates(content)) {
                trusted.setCertificateEntry("trusted-" + trusted.size(), found);
            }
        }
        return new AS4CryptoFactoryInMemoryKeyStore(empty(), "none", new char[0], trusted);
    }

    /** Sign with the one key of a PKCS#12 file, and trust nobody. */
    static IAS4CryptoFactory signing(String pkcs12, String password) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream content = new FileInputStream(pkcs12)) {
            keys.load(content, password.toCharArray());
        }
        return new AS4CryptoFactoryInMemoryKeyStore(
                keys, keys.aliases().nextElement(), password.toCharArray(), empty());
    }

    private static KeyStore empty() throws Exception {
        KeyStore none = KeyStore.getInstance("PKCS12");
        none.load(null, null);
        return none;
    }
}
