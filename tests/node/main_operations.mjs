// Runs the main operations of KMS with the AWS SDK for JavaScript, and prints what they answered as JSON.
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'

import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListGrantsCommand,
  paginateListKeys,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'

const kms = new KMSClient({})
const message = Buffer.from('a message')
const EncryptionContext = { purpose: 'test' }

const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ Description: 'from JavaScript' }))
assert(key.CreationDate instanceof Date)
const KeyId = key.Arn
await kms.send(new CreateAliasCommand({ AliasName: 'alias/javascript', TargetKeyId: KeyId }))
const { CiphertextBlob } = await kms.send(
  new EncryptCommand({ KeyId: 'alias/javascript', Plaintext: message, EncryptionContext }),
)
const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
assert.deepEqual(Buffer.from(opened.Plaintext), message)
assert.equal(opened.KeyId, KeyId)
const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
assert.equal(dataKey.Plaintext.length, 32)

const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))
await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }))
const root = JSON.parse(Policy).Statement[0].Principal.AWS
await kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: root, Operations: ['Decrypt'] }))
const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }))
assert.deepEqual(Grants[0].Operations, ['Decrypt'])

const signing = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }))
const signingKey = { KeyId: signing.KeyMetadata.KeyId }
const { Signature } = await kms.send(
  new SignCommand({ ...signingKey, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }),
)
const { PublicKey } = await kms.send(new GetPublicKeyCommand(signingKey))
const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
assert(verify('sha256', message, publicKey, Signature))

const mac = await kms.send(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }))
const members = { KeyId: mac.KeyMetadata.KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }
const { Mac } = await kms.send(new GenerateMacCommand(members))
assert((await kms.send(new VerifyMacCommand({ ...members, Mac }))).MacValid)

const listed = []
for await (const page of paginateListKeys({ client: kms, pageSize: 1 }, {})) {
  listed.push(...page.Keys)
}
await kms.send(new DisableKeyCommand({ KeyId }))
await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: message })), DisabledException)
const { KeyState } = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }))
assert(KeyMetadata.DeletionDate instanceof Date)
console.log(JSON.stringify({ keys: listed.length, state: KeyState }))
