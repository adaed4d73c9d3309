// Overview: "is everything all right?" — a sentence first, then nodes, runs and storages.
import { Link } from '@tanstack/react-router';
import { m } from '@/app/messages';
import { useClusters } from '@/features/clusters';
import { RecentRuns, WaitingPlans } from '@/features/runs';
import { AsOfNote, BytesMeter, EmptyState, ErrorState, PageHeader, Panel, SkeletonRows, useNow } from '@/ui';
import { useInventory, useNodes, useStorages } from './live';
import { NodeCard } from './NodeCard';
import classes from './NodeCard.module.css';
import { byUse, fleetSentence } from './sentence';

const MOST_STORAGES = 6;

export function OverviewPage() {
  const now_ms = useNow();
  const inventory = useInventory();
  const nodes = useNodes();
  const storages = useStorages();
  const clusters = useClusters();
  const asOf = inventory.data?.as_of ?? nodes.data?.as_of ?? [];
  const known = inventory.data && nodes.data;
  const sentence = known
    ? fleetSentence(
        {
          nodes: nodes.data.nodes,
          guests: inventory.data.guests,
          clusters: clusters.data?.clusters ?? [],
          asOf,
        },
        now_ms,
      )
    : ' ';

  if (clusters.data && clusters.data.clusters.length === 0) return <NothingConnected />;
  const fullest = byUse(storages.data?.storages ?? []).slice(0, MOST_STORAGES);
  const several = new Set(nodes.data?.nodes.map((node) => node.cluster)).size > 1;
  return (
    <div className="stack">
      <PageHeader title={m.overview.title} sentence={sentence} actions={<AsOfNote asOf={asOf} />} />
      <WaitingPlans />
      {nodes.isPending ? (
        <SkeletonRows rows={3} height={120} />
      ) : nodes.isError ? (
        <ErrorState error={nodes.error} onRetry={() => void nodes.refetch()} />
      ) : (
        <section className={classes.grid} aria-label={m.overview.nodes}>
          {nodes.data.nodes.map((node) => (
            <NodeCard key={`${node.cluster}/${node.node}`} node={node} showCluster={several} />
          ))}
        </section>
      )}
      <div className={classes.columns}>
        <RecentRuns />
        <Panel title={m.overview.storages} flush aside={<Link to="/storages">{m.overview.allStorages}</Link>}>
          {storages.isPending ? (
            <SkeletonRows rows={4} />
          ) : storages.isError ? (
            <ErrorState error={storages.error} onRetry={() => void storages.refetch()} />
          ) : fullest.length === 0 ? (
            <EmptyState title={m.storages.empty} />
          ) : (
            <ul className={classes.list}>
              {fullest.map((storage) => (
                <li key={`${storage.cluster}/${storage.storage}/${storage.nodes.join()}`}>
                  <BytesMeter
                    label={
                      storage.shared ? storage.storage : `${storage.storage} (${storage.nodes.join(', ')})`
                    }
                    used={storage.used_bytes}
                    total={storage.total_bytes}
                  />
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </div>
    </div>
  );
}

function NothingConnected() {
  return (
    <div className="stack">
      <PageHeader title={m.overview.title} sentence={m.overview.nothing} />
      <EmptyState title={m.overview.nothing}>
        <p className="dim">{m.overview.connectHint}</p>
        <code className={classes.command}>{m.overview.connectCommand}</code>
      </EmptyState>
    </div>
  );
}
