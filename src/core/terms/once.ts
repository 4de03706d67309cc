/** An answer that is the same however often it is asked for, worked out when it is asked for first. */
export function once<Answer>(workOut: () => Answer): () => Answer {
  let answer: { readonly is: Answer } | null = null;
  return () => {
    answer ??= { is: workOut() };
    return answer.is;
  };
}

/** The same for each key. The answers live as long as the function that is returned. */
export function oncePerKey<Asked, Answer>(
  keyOf: (asked: Asked) => string,
  workOut: (asked: Asked) => Answer,
): (asked: Asked) => Answer {
  const answers = new Map<string, { readonly is: Answer }>();
  return (asked) => {
    const key = keyOf(asked);
    const answer = answers.get(key) ?? { is: workOut(asked) };
    answers.set(key, answer);
    return answer.is;
  };
}
