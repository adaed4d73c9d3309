// Text of the assistant as markdown. HTML is text like any other, and there are no images: what a guest is called must
// not be able to draw or fetch anything. Links to other sites say where they lead and carry no referrer.
import { Link } from '@tanstack/react-router';
import { memo, type ReactNode, useMemo } from 'react';
import ReactMarkdown, { type Components, type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { CitationMark, type Cited } from '@/ui/citation';
import classes from './assistant.module.css';
import { CITATION, type Numbers, remarkCitations, remarkPlain } from './remark';

function TextLink({ href, children }: { href: string; children?: ReactNode }) {
  return href.startsWith('/') && !href.startsWith('//') ? (
    <Link to={href}>{children}</Link>
  ) : (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

const components: Components = {
  img: ({ alt = '' }) => <span>{alt}</span>,
  table: ({ children }) => (
    <div className={classes.tableScroll} tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
};

interface Props {
  text: string;
  /** What `[1]` in the text leads to. */
  citations?: readonly Cited[];
  /** Tells the citations of this answer from those of others. */
  answer?: string;
}

const none: readonly Cited[] = [];

export const Markdown = memo(function Markdown({ text, citations = none, answer = '' }: Props) {
  const options = useMemo<Options>(() => {
    const numbers: Numbers = { most: citations.length };
    const a: Components['a'] = ({ href = '', children }) => {
      const number = href.startsWith(CITATION) ? Number(href.slice(CITATION.length)) : 0;
      const cited = citations[number - 1];
      return cited ? (
        <CitationMark answer={answer} number={number} cited={cited} />
      ) : (
        <TextLink href={href}>{children}</TextLink>
      );
    };
    return {
      remarkPlugins: [remarkPlain, remarkGfm, [remarkCitations, numbers]] as Options['remarkPlugins'],
      components: { ...components, a },
    };
  }, [citations, answer]);
  return (
    <div className={classes.markdown}>
      <ReactMarkdown {...options}>{text}</ReactMarkdown>
    </div>
  );
});
