import { humanDuration, type Instant, iso, parseInstant, seconds } from "../core/terms/time.ts";
import type { Language, Told } from "./language.ts";

/** Numbers, money and time as people read them, in each language. Nothing here is escaped. */
export interface Figures {
  /** `2,100`. */
  readonly number: (number: number) => string;
  /** What people call a currency: `元`; its code where it has no other name. */
  readonly currency: (code: string) => string;
  /** `1,234.50 CNY`, `1,234.50 元`. */
  readonly money: (amount: number, currency: string) => string;
  /** `0.063 CNY/h`: prices an hour are small, and 0.063 must not become 0.06. */
  readonly pricePerHour: (amount: number, currency: string) => string;
  /** `4d 3h`, `4天3小时`, from whole seconds. */
  readonly duration: (wholeSeconds: number) => string;
  /** `2026-11-23 09:00 UTC`, from ISO 8601; what is no instant is given back as it is. */
  readonly moment: (isoText: string) => string;
}

const MONEY = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PRICE = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const NUMBER = new Intl.NumberFormat("en");

/** Whether two amounts look the same where money is shown. */
export function isSameMoney(one: number, other: number): boolean {
  return MONEY.format(one) === MONEY.format(other);
}

/** `1,234.50`, without its currency. */
export function bareMoney(amount: number): string {
  return MONEY.format(amount);
}

/** What people call a currency where they write amounts; a code that is not here stays as it is. */
const CURRENCIES: Told<Readonly<Record<string, string>>> = { en: {}, zh: { CNY: "元", USD: "美元" } };
/** The units of a duration, after `humanDuration`. */
const UNITS: Readonly<Record<string, string>> = { d: "天", h: "小时", m: "分钟", s: "秒" };

function currencyName(currency: string, language: Language): string {
  const names = CURRENCIES[language];
  return Object.hasOwn(names, currency) ? (names[currency] ?? currency) : currency;
}

function moment(isoText: string): string {
  const at = parseInstant(isoText);
  return at === undefined ? isoText : `${iso(at).slice(0, 16).replace("T", " ")} UTC`;
}

function figuresOf(language: Language, hour: string, duration: Figures["duration"]): Figures {
  return {
    number: (number) => NUMBER.format(number),
    currency: (code) => currencyName(code, language),
    money: (amount, currency) => `${MONEY.format(amount)} ${currencyName(currency, language)}`,
    pricePerHour: (amount, currency) => `${PRICE.format(amount)} ${currencyName(currency, language)}/${hour}`,
    duration,
    moment,
  };
}

const plainDuration = (wholeSeconds: number) => humanDuration(seconds(wholeSeconds));

export const FIGURES: Told<Figures> = {
  en: figuresOf("en", "h", plainDuration),
  zh: figuresOf("zh", "小时", (wholeSeconds) =>
    plainDuration(wholeSeconds)
      .replaceAll(" ", "")
      .replace(/[dhms]/g, (unit) => UNITS[unit] ?? unit),
  ),
};

/** `2026-11-26 15:00`, by the clock of a time zone. */
export function localText(at: Instant, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);
}
