// The npm Saltpack library as a program: node saltpack_peer.mjs JOB DOCUMENT MESSAGE, output on stdout.
import { readFileSync, writeSync } from 'node:fs';
import * as saltpack from '../interop/node_modules/@samuelthomas2774/saltpack/dist/index.js';
import tweetnacl from '../interop/node_modules/tweetnacl/nacl-fast.js';

const [job, document, message] = process.argv.slice(2);
const alice = tweetnacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(1));
const bob = tweetnacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(2));

const jobs = {
  version: () => JSON.parse(readFileSync(
    new URL('../interop/node_modules/@samuelthomas2774/saltpack/package.json', import.meta.url))).version + '\n',
  seal: () => saltpack.signcrypt(readFileSync(document), alice, [bob.publicKey]),
  open: () => saltpack.designcrypt(readFileSync(message), bob, alice.publicKey),
  sign: () => saltpack.sign(readFileSync(document), alice),
  verify: () => saltpack.verify(readFileSync(message), alice.publicKey),
  signDetached: () => saltpack.signDetached(readFileSync(document), alice),
  verifyDetached: () => saltpack.verifyDetached(readFileSync(message), readFileSync(document), alice.publicKey),
};

const result = await jobs[job]();
let rest = typeof result === 'string' ? Buffer.from(result) : result instanceof Uint8Array ? result : result?.data;
while (rest?.length) rest = rest.subarray(writeSync(1, rest));
