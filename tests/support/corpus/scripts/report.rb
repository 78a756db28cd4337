require "csv"
require "date"

module Harbour
  class Report
    attr_reader :rows

    def initialize(path)
      @rows = CSV.read(path, headers: true)
    end

    def ships
      rows.map { |row| row["ship"] }.uniq
    end

    def stays_of(ship)
      rows.select { |row| row["ship"] == ship }
    end

    def empty?
      rows.empty?
    end
  end
end
