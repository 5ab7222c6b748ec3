/**
 * Korean particles, whose form depends on the last sound of the word before them: 가격이, but 개수가.
 */

/** The forms after a consonant and after a vowel. */
const FORMS = {
  subject: ["이", "가"],
  topic: ["은", "는"],
  object: ["을", "를"],
  called: ["이라는", "라는"],
} as const;

const HANGUL_START = 0xac00;
const HANGUL_END = 0xd7a3;
/** The number of Hangul syllables with the same beginning; the first of each 28 has no final consonant. */
const FINALS = 28;

/** The signs after a word that are not pronounced: 총액(원)은, ‘합’은. */
const SILENT = /[)\]}’”'"»>.,:;!?\s]+$/u;

/** Signs whose Korean reading ends in a consonant: 영 일 삼 육 칠 팔, 엘 엠 엔 알, 제곱, 엡실론 오미크론 입실론. */
const CONSONANT_SIGN = /[013678₀₁₃₆₇₈lmnr²³εου]$/iu;

/** The end of a word in Latin letters, which is pronounced as a word, and not by its last letter: 토탈은, 스텝은, 레이트는. */
const LATIN_WORD = /\p{Script=Latin}{2}$/u;
const CONSONANT_WORD = /(?:[lmn]e?|ng|[aeiou][bkp]|[^aeiou][eou]t)$/iu;

function endsInConsonant(word: string): boolean {
  const read = word.replace(SILENT, "");
  const code = read.charCodeAt(read.length - 1);
  if (code >= HANGUL_START && code <= HANGUL_END) return (code - HANGUL_START) % FINALS !== 0;
  return (LATIN_WORD.test(read) ? CONSONANT_WORD : CONSONANT_SIGN).test(read);
}

/** Returns a word with its particle. */
export function withParticle(word: string, particle: keyof typeof FORMS): string {
  const [behindConsonant, behindVowel] = FORMS[particle];
  return word + (endsInConsonant(word) ? behindConsonant : behindVowel);
}
