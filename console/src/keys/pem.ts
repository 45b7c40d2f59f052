const LINE = /.{1,64}/g;

/** A public key (SubjectPublicKeyInfo, DER) as PEM, RFC 7468. */
export function pem(der: Uint8Array): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(""));
  return ["-----BEGIN PUBLIC KEY-----", ...(base64.match(LINE) ?? []), "-----END PUBLIC KEY-----", ""].join("\n");
}
