// What other features may use of the inventory.
export {
  guestId,
  type Inventory,
  useInventory,
  useInventoryFeed,
  useNodes,
  useStorages,
} from './live';
