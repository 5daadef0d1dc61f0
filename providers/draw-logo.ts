// A logo drawn as text: the marks of others are theirs, so an entry shows initials on a colour of its own.
import { createHash } from 'node:crypto';

/** @example drawLogo({ name: 'google-mail', display_name: 'Gmail' }) // an SVG of 64 by 64 with "G" */
export function drawLogo({ name, display_name }: { name: string; display_name: string }): string {
  const hue = createHash('sha256').update(name).digest().readUInt16BE(0) % 360;
  const label = escapeXml(initialsOf(display_name));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="${escapeXml(display_name)}">
<rect width="64" height="64" rx="14" fill="hsl(${hue} 55% 38%)"/>
<text x="32" y="33" fill="#fff" font-family="system-ui, sans-serif" font-size="28" font-weight="600" text-anchor="middle" dominant-baseline="central">${label}</text>
</svg>
`;
}

/** Of the first two words; of a single word its first letter. What stands in brackets is no part of the name. */
function initialsOf(displayName: string): string {
  const words = displayName.replace(/\(.*?\)/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? ['?'];
  const letters = words.slice(0, 2).map((word) => [...word][0]?.toUpperCase() ?? '');
  return letters.join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
