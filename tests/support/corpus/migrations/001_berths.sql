CREATE TABLE berths (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    length_m  REAL NOT NULL CHECK (length_m > 0)
);

CREATE TABLE stays (
    id        INTEGER PRIMARY KEY,
    berth_id  INTEGER NOT NULL REFERENCES berths (id),
    ship      TEXT NOT NULL,
    arrived   TEXT NOT NULL,
    left_at   TEXT
);

CREATE INDEX stays_by_ship ON stays (ship);

CREATE VIEW open_stays AS
SELECT b.name, s.ship, s.arrived
FROM stays s JOIN berths b ON b.id = s.berth_id
WHERE s.left_at IS NULL;
