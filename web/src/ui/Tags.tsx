// Tags of a guest: the first few, the rest as a number with the names on hover.
export function Tags({ tags, most = 3 }: { tags: string[]; most?: number }) {
  if (tags.length === 0) return null;
  const shown = tags.slice(0, most);
  const rest = tags.slice(most);
  return (
    <span className="tags">
      {shown.map((tag) => (
        <span key={tag} className="tag" title={tag}>
          {tag}
        </span>
      ))}
      {rest.length > 0 && (
        <span className="tag" title={rest.join(', ')}>
          +{rest.length}
        </span>
      )}
    </span>
  );
}
