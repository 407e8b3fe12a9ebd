package io.percolate.gateway.bench.demo;

import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** A tenant of the demo, and where it is to be when the demo is ready. */
record DemoTenant(TenantId id, String name, Tier tier, TenantStatus status, Residency residency) {
    private static final List<Residency> IN_EACH_TIER = List.of(
            Residency.HOT,
            Residency.HOT,
            Residency.WARM,
            Residency.COLD,
            Residency.COLD,
            Residency.COLD,
            Residency.ARCHIVED);

    private static final List<String> NAMES = List.of(
            "Almond",
            "Birch",
            "Cedar",
            "Dogwood",
            "Elder",
            "Fir",
            "Ginkgo",
            "Hazel",
            "Ivy",
            "Juniper",
            "Kapok",
            "Larch",
            "Maple",
            "Nutmeg",
            "Olive",
            "Poplar",
            "Quince",
            "Rowan",
            "Sorrel",
            "Tamarind",
            "Umbra");

    /** In each tier tenants of every lasting residency; one that is being moved, one suspended, one deleted. */
    static List<DemoTenant> roster() {
        List<DemoTenant> roster = new ArrayList<>();
        for (Tier tier : Tier.values()) {
            for (Residency residency : IN_EACH_TIER) {
                roster.add(of(NAMES.get(roster.size()), tier, TenantStatus.ACTIVE, residency));
            }
        }
        roster.add(of("Vetch", Tier.B, TenantStatus.ACTIVE, Residency.MOVING));
        roster.add(of("Willow", Tier.B, TenantStatus.SUSPENDED, Residency.COLD));
        roster.add(of("Yew", Tier.C, TenantStatus.DELETED, Residency.COLD));
        return roster;
    }

    private static DemoTenant of(String name, Tier tier, TenantStatus status, Residency residency) {
        return new DemoTenant(new TenantId(UUID.randomUUID()), name, tier, status, residency);
    }

    String email() {
        return name.toLowerCase(Locale.ROOT) + "@demo.percolate.example";
    }
}
