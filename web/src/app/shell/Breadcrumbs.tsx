// Where one is: the page, and below it the object.
import { Link, useLocation } from '@tanstack/react-router';
import { m } from '../messages';
import { pages } from './pages';
import classes from './shell.module.css';

export function Breadcrumbs() {
  const pathname = useLocation({ select: (location) => location.pathname });
  const [first = '', ...rest] = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const page = pages.find(({ to }) => to === `/${first}`);
  return (
    <div className={classes.crumbs} role="group" aria-label={m.shell.crumbs}>
      {rest.length > 0 && page ? (
        <>
          <Link to={page.to}>{page.label}</Link>
          <span aria-hidden="true" className="dim">
            /
          </span>
          <span className="entity-text" aria-current="page">
            {rest.join('/')}
          </span>
        </>
      ) : (
        <span aria-current="page">{page?.label ?? m.shell.notFound}</span>
      )}
    </div>
  );
}
