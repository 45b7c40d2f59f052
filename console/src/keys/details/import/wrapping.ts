import type { AlgorithmSpec, KeyMetadata, WrappingKeySpec } from "@aws-sdk/client-kms";

export const WRAPPING_KEY_SPECS: readonly WrappingKeySpec[] = ["RSA_4096", "RSA_3072", "RSA_2048"];

const OAEP: readonly AlgorithmSpec[] = ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"];
const HYBRID: readonly AlgorithmSpec[] = ["RSA_AES_KEY_WRAP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1"];

/** The algorithms that may wrap the material of a key; the first is proposed. Private RSA keys do not fit into OAEP. */
export function wrappingAlgorithms({ KeySpec: spec = "SYMMETRIC_DEFAULT" }: KeyMetadata): readonly AlgorithmSpec[] {
  return spec.startsWith("RSA_") ? HYBRID : [...OAEP, ...HYBRID];
}

/** Whether this browser can wrap with an algorithm: WebCrypto has OAEP, but no key wrapping with padding (RFC 5649). */
export function canWrapHere(algorithm: AlgorithmSpec): boolean {
  return OAEP.includes(algorithm) && window.isSecureContext;
}

/**
 * Wraps key material with RSAES-OAEP.
 *
 * @param publicKey SubjectPublicKeyInfo (DER), as GetParametersForImport gives it.
 * @throws {DOMException} the material is too long for the key.
 */
export async function wrap(publicKey: Uint8Array, algorithm: AlgorithmSpec, material: Uint8Array): Promise<Uint8Array> {
  const hash = algorithm === "RSAES_OAEP_SHA_256" ? "SHA-256" : "SHA-1";
  const { subtle } = window.crypto;
  const parameters = { name: "RSA-OAEP", hash };
  const key = await subtle.importKey("spki", new Uint8Array(publicKey), parameters, false, ["encrypt"]);
  return new Uint8Array(await subtle.encrypt(parameters, key, new Uint8Array(material)));
}
