/** The languages in which the guard speaks to people. JSON and CSV are for machines: they are the same in each. */
export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** One text, or one table of texts, in each language: what is missing in one does not compile. */
export type Told<Text> = Readonly<Record<Language, Text>>;

/**
 * The language that the environment asks for, by the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty: `zh_CN.UTF-8` is
 * `zh`; every other value, and none, is `en`.
 */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const asked = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== "") ?? "";
  return /^zh(?:$|[^a-z])/i.test(asked) ? "zh" : "en";
}
