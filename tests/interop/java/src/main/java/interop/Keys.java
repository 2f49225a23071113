package interop;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.CertStore;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads keys and certificates, and checks certificates, with the JDK's own code. */
final class Keys {
    private Keys() {}

    static KeyStore pkcs12(Path path, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream content = Files.newInputStream(path)) {
            store.load(content, password.toCharArray());
        }
        return store;
    }

    /**
     * Moves a key to the kind of store that gives it out fastest. The client asks its store for the
     * key in each letter, and from PKCS#12 that derives it anew from the password.
     */
    static KeyStore readyToUse(KeyStore read, String alias, String password) throws Exception {
        String found = read.aliases().nextElement();
        KeyStore ready = KeyStore.getInstance("JKS");
        ready.load(null, null);
        ready.setKeyEntry(
                alias,
                read.getKey(found, password.toCharArray()),
                password.toCharArray(),
                read.getCertificateChain(found));
        return ready;
    }

    static List<X509Certificate> certificates(Path pem) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        try (InputStream content = Files.newInputStream(pem)) {
            Collection<? extends Certificate> read =
                    CertificateFactory.getInstance("X.509").generateCertificates(content);
            for (Certificate certificate : read) {
                found.add((X509Certificate) certificate);
            }
        }
        return found;
    }

    static KeyStore trust(Collection<X509Certificate> certificates) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (X509Certificate certificate : certificates) {
            store.setCertificateEntry(certificate.getSubjectX500Principal().getName(), certificate);
        }
        return store;
    }

    /** Builds a path to a self-signed anchor with PKIX; revocation is not asked about. */
    static void validate(X509Certificate leaf, List<X509Certificate> trusted) throws Exception {
        List<X509Certificate> anchors = new ArrayList<>();
        for (X509Certificate certificate : trusted) {
            if (certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
                anchors.add(certificate);
            }
        }
        X509CertSelector selector = new X509CertSelector();
        selector.setCertificate(leaf);
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(trust(anchors), selector);
        parameters.setRevocationEnabled(false);
        List<X509Certificate> all = new ArrayList<>(trusted);
        all.add(leaf);
        parameters.addCertStore(
                CertStore.getInstance("Collection", new CollectionCertStoreParameters(all)));
        CertPathBuilder.getInstance("PKIX").build(parameters);
    }
}
