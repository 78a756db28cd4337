package harbour;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** What ships owe for their stay. */
public class Ledger {
    private static final BigDecimal RATE = new BigDecimal("1.35");

    private final List<Entry> entries = new ArrayList<>();

    public void charge(String ship, int hours) {
        if (hours < 0) {
            throw new IllegalArgumentException("hours");
        }
        entries.add(new Entry(ship, RATE.multiply(BigDecimal.valueOf(hours))));
    }

    public BigDecimal owedBy(String ship) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Entry entry : entries) {
            if (entry.ship().equals(ship)) {
                sum = sum.add(entry.amount());
            }
        }
        return sum;
    }

    private boolean isEmpty() {
        return entries.isEmpty();
    }

    public record Entry(String ship, BigDecimal amount) {}
}
