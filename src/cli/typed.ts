const AS_SHOWN = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}) ?UTC$/;

/** An instant that somebody copied from a report or a message, `2027-01-31 12:00 UTC`, in the form that data has; other text as it is. */
export function asTyped(text: string): string {
  const [, day, minute] = AS_SHOWN.exec(text.trim()) ?? [];
  return day === undefined ? text : `${day}T${minute}:00Z`;
}
