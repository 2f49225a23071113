package interop;

import com.helger.annotation.style.IsSPIImplementation;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.incoming.spi.IAS4IncomingPullRequestProcessorSPI;
import com.helger.phase4.model.pmode.IPMode;

/** Tells phase4, which looks for it as a service, how a pull is to be received. */
@IsSPIImplementation
public final class Pulls implements IAS4IncomingPullRequestProcessorSPI {
    @Override
    public IPMode findPMode(Ebms3SignalMessage message) {
        return Incoming.MODE;
    }
}
