// Not a secret: it only makes recordings readable by the test that replays them.
export const recordingKey = Buffer.from('this key is public, tests use it');
