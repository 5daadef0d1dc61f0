// Text cut to a number of UTF-8 bytes, never in the middle of a character.
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--; // 10xxxxxx continues the character before it
  return bytes.toString('utf8', 0, end);
}
