// The rules in force, to read: who may change what, who is asked. The file is written outside of the console.
import { m } from '@/app/messages';
import { EmptyState, ErrorState, Facts, PageHeader, Panel, SkeletonRows } from '@/ui';
import { usePolicy } from './queries';

export function PolicyPage() {
  const policy = usePolicy();
  const shown = policy.data;
  return (
    <div className="stack">
      <PageHeader
        title={m.policy.title}
        sentence={shown ? m.policy.summary(shown.rules.length, shown.file) : ' '}
      />
      {policy.isPending ? (
        <SkeletonRows rows={3} height={120} />
      ) : policy.isError ? (
        <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />
      ) : shown ? (
        <>
          {shown.broken && (
            <p className="tone-bad tone-text" role="alert">
              {shown.broken}
            </p>
          )}
          {shown.rules.length === 0 && (
            <EmptyState title={m.policy.noRules}>
              <p className="dim">{m.policy.noRulesHint}</p>
            </EmptyState>
          )}
          {shown.rules.map((rule) => (
            <Panel key={rule.name} title={rule.name} aside={m.policy.line(rule.line)}>
              <Facts
                items={[
                  {
                    name: m.policy.says,
                    value: m.policy.verdict(rule.decision, rule.people, rule.rehearsal),
                    wide: true,
                  },
                  { name: m.policy.risks, value: listed(rule.risks) },
                  { name: m.policy.roles, value: listed(rule.roles) },
                  { name: m.policy.surfaces, value: listed(rule.surfaces) },
                  { name: m.policy.operations, value: listed(rule.operations) },
                  { name: m.policy.guests, value: listed(rule.guests) },
                  {
                    name: m.policy.times,
                    value:
                      rule.times.length === 0
                        ? m.policy.any
                        : `${rule.times.join(', ')} (${shown.time_zone})`,
                  },
                ]}
              />
            </Panel>
          ))}
          <Panel title={m.policy.otherwise}>
            <ul>
              {shown.built_in.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </Panel>
        </>
      ) : null}
    </div>
  );
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? m.policy.any : values.join(', ');
}
