package interop;

import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Collection;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.KeyTransRecipientInformation;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;

/** Decrypts a package with BouncyCastle. */
final class Decryption {
    final byte[] content;
    final String keyAlgorithm;
    final String keyDigest;
    final String contentAlgorithm;

    private Decryption(
            byte[] content, String keyAlgorithm, String keyDigest, String contentAlgorithm) {
        this.content = content;
        this.keyAlgorithm = keyAlgorithm;
        this.keyDigest = keyDigest;
        this.contentAlgorithm = contentAlgorithm;
    }

    static Decryption of(byte[] cms, KeyStore keys, String password) throws Exception {
        String alias = keys.aliases().nextElement();
        X509Certificate certificate = (X509Certificate) keys.getCertificate(alias);
        PrivateKey key = (PrivateKey) keys.getKey(alias, password.toCharArray());
        ContentInfo info = ContentInfo.getInstance(cms);
        Refused.unless(
                info.getContentType().equals(CMSObjectIdentifiers.envelopedData),
                "the package is not CMS EnvelopedData");
        CMSEnvelopedData enveloped = new CMSEnvelopedData(info);
        Collection<RecipientInformation> recipients =
                enveloped.getRecipientInfos().getRecipients(new JceKeyTransRecipientId(certificate));
        Refused.unless(recipients.size() == 1, "the package is not encrypted to this recipient");
        KeyTransRecipientInformation recipient =
                (KeyTransRecipientInformation) recipients.iterator().next();
        byte[] content =
                recipient.getContent(new JceKeyTransEnvelopedRecipient(key).setProvider("BC"));
        return new Decryption(
                content,
                recipient.getKeyEncryptionAlgOID(),
                digest(recipient.getKeyEncryptionAlgorithm()),
                enveloped.getEncryptionAlgOID());
    }

    private static String digest(AlgorithmIdentifier key) {
        if (!key.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSAES_OAEP)) {
            return null;
        }
        RSAESOAEPparams parameters = RSAESOAEPparams.getInstance(key.getParameters());
        return parameters.getHashAlgorithm().getAlgorithm().getId();
    }
}
