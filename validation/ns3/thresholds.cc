// The signal-to-noise ratios at which 50, 10 and 1 % of the frames are lost, by ns-3's NIST error rate model.
//
// A frame is its PSDU at the rate in question and the 24 bits of the SIGNAL field at 3 Mb/s, as ns-3's PHY treats it.
// Prints one line of CSV for each: experiment,series,x,value,half_width,runs,frames.
#include "ns3/core-module.h"
#include "ns3/nist-error-rate-model.h"
#include "ns3/ofdm-phy.h"
#include "ns3/wifi-tx-vector.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace ns3;

namespace
{

WifiTxVector
Vector(WifiMode mode)
{
    WifiTxVector vector;
    vector.SetMode(mode);
    vector.SetPreambleType(WIFI_PREAMBLE_LONG);
    vector.SetChannelWidth(MHz_u{10});
    vector.SetNss(1);
    return vector;
}

double
Success(Ptr<NistErrorRateModel> model, WifiMode mode, int psdu, double db)
{
    const double ratio = std::pow(10.0, db / 10.0);
    const WifiMode signal = OfdmPhy::GetOfdmRate3MbpsBW10MHz();
    return model->GetChunkSuccessRate(mode, Vector(mode), ratio, 8 * psdu) *
           model->GetChunkSuccessRate(signal, Vector(signal), ratio, 24);
}

double
Threshold(Ptr<NistErrorRateModel> model, WifiMode mode, int psdu, double errors)
{
    double low = -10.0;
    double high = 40.0;
    for (int step = 0; step < 60; ++step)
    {
        const double middle = (low + high) / 2.0;
        (Success(model, mode, psdu, middle) < 1.0 - errors ? low : high) = middle;
    }
    return low;
}

} // namespace

int
main()
{
    const char* rates[] = {"3", "4_5", "6", "9", "12", "18", "24", "27"};
    auto model = CreateObject<NistErrorRateModel>();
    for (const char* rate : rates)
    {
        const WifiMode mode(std::string("OfdmRate") + rate + "MbpsBW10MHz");
        for (int psdu : {100, 300, 1500})
        {
            for (double errors : {0.5, 0.1, 0.01})
            {
                std::string name = rate;
                std::replace(name.begin(), name.end(), '_', '.');
                std::printf("threshold,%s Mb/s %d B,%g,%.4f,0,1,0\n",
                            name.c_str(),
                            psdu,
                            errors,
                            Threshold(model, mode, psdu, errors));
            }
        }
    }
    return 0;
}
