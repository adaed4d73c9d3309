// What other features may use of the inventory.
export {
  guestId,
  type Inventory,
  useGuestNames,
  useInventory,
  useInventoryFeed,
  useNodes,
  useStorages,
} from './live';
