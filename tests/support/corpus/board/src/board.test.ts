import { ArrivalBoard, sortByEta } from "./board";

const arrival = (ship: string, eta: number, planned = eta) => ({ ship, eta, planned });

describe("ArrivalBoard", () => {
  it("shows at most as many rows as it has", () => {
    const board = new ArrivalBoard({ rows: 1, locale: "en" });
    board.update([arrival("Aurora", 10), arrival("Borealis", 20)]);
    expect(board.lateShips()).toEqual([]);
  });

  it("knows which ships are late", () => {
    const board = new ArrivalBoard();
    board.update([arrival("Aurora", 30, 10)]);
    expect(board.lateShips()).toEqual(["Aurora"]);
  });
});

test("arrivals are sorted by time", () => {
  expect(sortByEta([arrival("b", 2), arrival("a", 1)])[0].ship).toBe("a");
});
