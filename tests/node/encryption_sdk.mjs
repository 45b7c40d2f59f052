// Encrypts or decrypts one message with the AWS Encryption SDK: node encryption_sdk.mjs encrypt|decrypt REGION KEY_ARN…
// The message comes in base64 on standard input and goes out so; the encryption context is fixed.
import { text } from 'node:stream/consumers'

import {
  buildClient,
  buildAwsKmsMrkAwareStrictMultiKeyringNode,
  CommitmentPolicy,
} from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'

const [mode, region, generatorKeyId, ...keyIds] = process.argv.slice(2)
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const clientProvider = () => new KMS({ region })
const keyring = buildAwsKmsMrkAwareStrictMultiKeyringNode({ clientProvider, generatorKeyId, keyIds })
const message = Buffer.from(await text(process.stdin), 'base64')
const encryptionContext = { purpose: 'test', language: 'javascript' }

if (mode === 'encrypt') {
  const { result } = await encrypt(keyring, message, { encryptionContext })
  process.stdout.write(Buffer.from(result).toString('base64'))
} else {
  const { plaintext } = await decrypt(keyring, message)
  process.stdout.write(Buffer.from(plaintext).toString('base64'))
}
