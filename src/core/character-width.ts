/**
 * Columns that a character takes on a terminal.
 *
 * After Unicode Standard Annex 11: what is East Asian wide or fullwidth takes two. The blocks are given whole, without the few
 * characters in them that are narrow.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], // Hangul Jamo, leading consonants
  [0x2e80, 0x303e], // CJK radicals and punctuation
  [0x3041, 0x4dbf], // Kana to CJK extension A
  [0x4e00, 0xa4cf], // CJK ideographs, Yi
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff], // CJK compatibility ideographs
  [0xfe30, 0xfe6f], // CJK compatibility forms
  [0xff00, 0xff60], // Fullwidth forms
  [0xffe0, 0xffe6], // Fullwidth signs
  [0x1f300, 0x1f64f], // Pictographs, emoticons
  [0x1f680, 0x1f6ff], // Transport
  [0x1f900, 0x1f9ff], // Supplemental pictographs
  [0x1fa70, 0x1faff], // Pictographs, extended
  [0x20000, 0x3fffd], // CJK extensions B and later
]

/** Of one character (code point): 2 for wide ones, 0 for controls, marks that combine with the one before, and joiners, else 1. */
export function characterWidth(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0)!
  if (code >= 0x20 && code < 0x7f) return 1
  if (/\p{Cc}|\p{Mn}|\p{Me}|\u200d/u.test(character)) return 0
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}
