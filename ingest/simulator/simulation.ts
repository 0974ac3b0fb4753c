import { Billing } from './billing';
import { Clinical } from './clinical';
import { Deliveries } from './deliveries';
import { Inventory, Recalls } from './inventory';
import { Invoices } from './invoices';
import { Ledger } from './ledger';
import { MasterData, planWindows } from './master';
import { Middleware } from './middleware';
import { Network } from './network';
import { simulationOptions, type SimulationOptions } from './options';
import { Orders } from './orders';
import type { SimMessage } from './outbox';
import { Payables } from './payables';
import { Purchasing } from './purchasing';
import { Replenishment } from './replenishment';
import type { Stock } from './stock';
import type { Truth } from './truth';
import type { World } from './world';

export interface Simulation {
  readonly options: SimulationOptions;
  readonly world: World;
  readonly stock: Stock;
  /** Undefined where the options ask for none. */
  readonly truth: Truth | undefined;
  /** Messages in the order in which they are published. A function of the options alone; read it once. */
  messages(): Generator<SimMessage, void, undefined>;
}

/** A hospital network, ready to run. Equal options give equal messages, byte for byte. */
export function createSimulation(given: Partial<SimulationOptions> = {}): Simulation {
  const options = simulationOptions(given);
  const net = new Network(options);
  new MasterData(net);
  const inventory = new Inventory(net);
  const ledger = new Ledger(net);
  const payables = new Payables(net, ledger);
  const invoices = new Invoices(net, payables);
  payables.connect(invoices);
  const deliveries = new Deliveries(net, inventory, invoices, ledger);
  const orders = new Orders(net, deliveries);
  const replenishment = new Replenishment(net, inventory);
  const purchasing = new Purchasing(net, orders, replenishment);
  const billing = new Billing(net, orders, purchasing);
  new Clinical(net, {
    recorded: (used) => {
      ledger.recorded(used);
      billing.recorded(used);
    },
    taken: (point) => inventory.checkThreshold(point),
  });
  new Middleware(net);
  planWindows(net, (item, from, to) => orders.trouble(item, from, to), new Recalls(net, inventory));

  return {
    options,
    world: net.world,
    stock: net.stock,
    truth: net.truth,
    *messages() {
      const { clock, outbox } = net;
      while (clock.next <= options.to) {
        clock.step();
        if (outbox.ready.length === 0) continue;
        yield* outbox.ready;
        outbox.ready.length = 0;
      }
    },
  };
}

/** The messages of a simulation; see createSimulation. */
export function generate(options: Partial<SimulationOptions> = {}): Generator<SimMessage, void, undefined> {
  return createSimulation(options).messages();
}
