import { formatTime } from "./time";
import type { Arrival } from "./types";

export interface BoardOptions {
  rows: number;
  locale: string;
}

export type Row = { ship: string; eta: string; late: boolean };

const DEFAULTS: BoardOptions = { rows: 12, locale: "en" };

export class ArrivalBoard {
  private rows: Row[] = [];

  constructor(private readonly options: BoardOptions = DEFAULTS) {}

  update(arrivals: Arrival[]): void {
    this.rows = arrivals
      .slice(0, this.options.rows)
      .map((arrival) => toRow(arrival, this.options.locale));
  }

  lateShips(): string[] {
    return this.rows.filter((row) => row.late).map((row) => row.ship);
  }
}

export function toRow(arrival: Arrival, locale: string): Row {
  return {
    ship: arrival.ship,
    eta: formatTime(arrival.eta, locale),
    late: arrival.eta > arrival.planned,
  };
}

export const sortByEta = (arrivals: Arrival[]) =>
  [...arrivals].sort((a, b) => a.eta - b.eta);
