// A row on a narrow screen: what it is and its state above, the details below.
import type { ReactNode } from 'react';
import classes from './TwoLines.module.css';

export function TwoLines(props: { title: ReactNode; aside?: ReactNode; below: ReactNode }) {
  return (
    <div className={classes.lines}>
      <div className={classes.line}>
        <div className={classes.main}>{props.title}</div>
        <div className={classes.aside}>{props.aside}</div>
      </div>
      <div className={`${classes.below} tabular`}>{props.below}</div>
    </div>
  );
}
