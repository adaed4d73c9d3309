// Text of the product in which `this` is code.
import { Fragment } from 'react';

export function WithCode({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/);
  // Every second part stood between backticks; what follows a lone one is text.
  // biome-ignore-start lint/suspicious/noArrayIndexKey: parts of one text have no identity
  return parts.map((part, at) =>
    at % 2 === 1 ? (
      <code key={at} className="code">
        {part}
      </code>
    ) : (
      <Fragment key={at}>{part}</Fragment>
    ),
  );
  // biome-ignore-end lint/suspicious/noArrayIndexKey: see above
}
