/**
 * Korean particles, whose form depends on the last sound of the word before them: 가격이, but 개수가.
 */

/** The forms behind a consonant and behind a vowel. */
const FORMS = {
  subject: ["이", "가"],
  topic: ["은", "는"],
  object: ["을", "를"],
} as const;

const HANGUL_START = 0xac00;
const HANGUL_END = 0xd7a3;
/** Syllables in order: each run of 28 ends in no consonant first. */
const FINALS = 28;

/** Characters that are no Hangul and whose Korean reading ends in a consonant: 영 일 삼 육 칠 팔, 엘 엠 엔 알, 제곱. */
const CONSONANT_ENDS = /[013678lmnr²]$/i;

function endsInConsonant(word: string): boolean {
  const code = word.charCodeAt(word.length - 1);
  if (code >= HANGUL_START && code <= HANGUL_END) return (code - HANGUL_START) % FINALS !== 0;
  return CONSONANT_ENDS.test(word);
}

/** A word with its particle. */
export function withParticle(word: string, particle: keyof typeof FORMS): string {
  const [behindConsonant, behindVowel] = FORMS[particle];
  return word + (endsInConsonant(word) ? behindConsonant : behindVowel);
}
