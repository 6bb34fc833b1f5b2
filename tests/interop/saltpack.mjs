// Another implementation of Saltpack, for the tests: one JSON request on stdin, one JSON answer on stdout.
import * as saltpack from '@samuelthomas2774/saltpack';
import tweetnacl from 'tweetnacl';
import { readFileSync } from 'node:fs';

const request = JSON.parse(readFileSync(0, 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const data = Buffer.from(request.data, 'base64');
const detached = request.detached ? Buffer.from(request.detached, 'base64') : null;
const sign = request.seed ? tweetnacl.sign.keyPair.fromSeed(hex(request.seed)) : null;
const box = request.secret ? tweetnacl.box.keyPair.fromSecretKey(hex(request.secret)) : null;
const recipients = (request.recipients ?? []).map((key) => new Uint8Array(hex(key)));
const text = () => data.toString('utf8');

const operations = {
  signcrypt: () => request.armored
    ? saltpack.signcryptAndArmor(data, sign, recipients) : saltpack.signcrypt(data, sign, recipients),
  designcrypt: () => request.armored
    ? saltpack.dearmorAndDesigncrypt(text(), box) : saltpack.designcrypt(data, box),
  encrypt: () => request.armored
    ? saltpack.encryptAndArmor(data, box, recipients) : saltpack.encrypt(data, box, recipients),
  decrypt: () => request.armored ? saltpack.dearmorAndDecrypt(text(), box) : saltpack.decrypt(data, box),
  sign: () => request.armored ? saltpack.signAndArmor(data, sign) : saltpack.sign(data, sign),
  verify: () => request.armored ? saltpack.verifyArmored(text()) : saltpack.verify(data),
  signDetached: () => request.armored
    ? saltpack.signDetachedAndArmor(data, sign) : saltpack.signDetached(data, sign),
  verifyDetached: () => request.armored
    ? saltpack.verifyDetachedArmored(detached.toString('utf8'), data) : saltpack.verifyDetached(detached, data),
};

try {
  const result = await operations[request.operation]();
  const plain = typeof result === 'string' || result instanceof Uint8Array ? result : result?.data ?? '';
  const sender = result?.sender_public_key ?? result?.public_key ?? null;
  process.stdout.write(JSON.stringify({
    ok: true,
    data: Buffer.from(plain).toString('base64'),
    sender: sender === null ? null : Buffer.from(sender).toString('hex'),
  }));
} catch (error) {
  process.stdout.write(JSON.stringify({ ok: false, error: String(error) }));
}
