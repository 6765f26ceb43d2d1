// One field of IEEE 802.11p radios in ns-3: broadcasts or unicasts straight from the device, without IP.
//
// Prints key=value pairs, one a line; run.py makes results of them. What is set differently from ns-3's defaults, and
// why, is said where it is set.
#include "ns3/core-module.h"
#include "ns3/mobility-module.h"
#include "ns3/network-module.h"
#include "ns3/propagation-module.h"
#include "ns3/qos-txop.h"
#include "ns3/wifi-module.h"

#include <cmath>
#include <cstdio>
#include <vector>

using namespace ns3;

namespace
{

// What the command line says.
struct Settings
{
    std::string layout = "cell"; // cell, pair, hidden, field, road
    uint32_t nodes = 2;
    double distance = 100;           // of a pair, metres
    double radius = 10;              // of a cell, metres
    double width = 1000;             // of a field, or length of a road, metres
    double height = 1000;            // of a field, metres
    double speed = 0;                // of vehicles in a field, m/s
    std::string traffic = "spread"; // spread, poisson, saturated
    bool sink = false;               // the last node only listens, and only what it hears counts
    double interval = 0.1;           // mean, seconds
    bool unicast = false;
    uint32_t bytes = 300;
    bool fading = false;
    double warmup = 1;
    double duration = 10;
    double bin = 50;      // width of a bin of distance, metres
    uint32_t attempts = 5; // transmissions that a unicast may make
    uint32_t aifsn = 6;
    uint32_t run = 1;
};

Settings g_set;
NetDeviceContainer g_devices;
std::vector<Ptr<MobilityModel>> g_places;
Ptr<UniformRandomVariable> g_uniform;
Ptr<ExponentialRandomVariable> g_exponential;

struct Bin
{
    uint64_t sent = 0;
    uint64_t received = 0;
};

std::vector<Bin> g_bins;
uint64_t g_offered = 0;  // frames handed to devices
uint64_t g_received = 0; // receptions by those that count
uint64_t g_all = 0;      // receptions at any time by anybody
std::vector<double> g_busy;

// Whether a node sends.
bool
Talks(uint32_t node)
{
    if (g_set.layout == "pair" || g_set.layout == "hidden")
    {
        return node != 1;
    }
    return !g_set.sink || node != g_set.nodes - 1;
}

bool
Measuring()
{
    const double now = Simulator::Now().GetSeconds();
    return now >= g_set.warmup && now < g_set.warmup + g_set.duration;
}

uint32_t
BinOf(uint32_t a, uint32_t b)
{
    const Vector p = g_places[a]->GetPosition();
    const Vector q = g_places[b]->GetPosition();
    return static_cast<uint32_t>(std::hypot(p.x - q.x, p.y - q.y) / g_set.bin);
}

// A frame says who sent it and whether it counts.
struct Mark
{
    uint32_t sender;
    uint32_t counts;
};

void
Send(uint32_t node)
{
    Mark mark{node, Measuring()};
    std::vector<uint8_t> bytes(g_set.bytes, 0);
    std::copy_n(reinterpret_cast<const uint8_t*>(&mark), sizeof mark, bytes.begin());
    if (mark.counts)
    {
        ++g_offered;
        for (uint32_t other = 0; g_set.layout != "cell" && other < g_set.nodes; ++other)
        {
            if (other != node)
            {
                const uint32_t bin = BinOf(node, other);
                if (bin < g_bins.size())
                {
                    ++g_bins[bin].sent;
                }
            }
        }
    }
    Address to = g_devices.Get(0)->GetBroadcast();
    if (g_set.unicast)
    {
        to = g_devices.Get(g_set.nodes - 1)->GetAddress();
    }
    g_devices.Get(node)->Send(Create<Packet>(bytes.data(), bytes.size()), to, 0x88b5);
}

// Frames at random times, independent of each other.
void
Poisson(uint32_t node)
{
    Send(node);
    const double gap = g_exponential->GetValue();
    if (Simulator::Now().GetSeconds() + gap < g_set.warmup + g_set.duration)
    {
        Simulator::Schedule(Seconds(gap), &Poisson, node);
    }
}

// One frame at a random time of each interval: with fixed phases the same frames would meet again and again, and a run
// would be one sample of the phases.
void
Spread(uint32_t node)
{
    Simulator::Schedule(Seconds(g_uniform->GetValue(0, g_set.interval)), &Send, node);
    if (Simulator::Now().GetSeconds() + g_set.interval < g_set.warmup + g_set.duration - 1e-9)
    {
        Simulator::Schedule(Seconds(g_set.interval), &Spread, node);
    }
}

// Keeps a saturated node's queue from running empty.
void
Fill(uint32_t node)
{
    auto device = DynamicCast<WifiNetDevice>(g_devices.Get(node));
    auto queue = device->GetMac()->GetTxopQueue(AC_BE);
    while (queue->GetNPackets() < 10)
    {
        Send(node);
    }
}

void
Began(uint32_t node, Ptr<const Packet> packet, double)
{
    if (packet->GetSize() < g_set.bytes)
    {
        return; // an acknowledgement
    }
    if (g_set.traffic == "saturated")
    {
        Simulator::ScheduleNow(&Fill, node);
    }
}

bool
Receive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t, const Address&)
{
    Mark mark;
    packet->CopyData(reinterpret_cast<uint8_t*>(&mark), sizeof mark);
    const uint32_t node = device->GetNode()->GetId();
    ++g_all;
    // A saturated cell's frames wait for long: what counts there is when they arrive.
    if (g_set.sink && node != g_set.nodes - 1)
    {
        return true;
    }
    if (g_set.traffic == "saturated" ? Measuring() : mark.counts)
    {
        ++g_received;
        const uint32_t bin = BinOf(node, mark.sender);
        if (bin < g_bins.size())
        {
            ++g_bins[bin].received;
        }
    }
    return true;
}

void
State(uint32_t node, Time start, Time duration, WifiPhyState state)
{
    if (state == WifiPhyState::IDLE)
    {
        return;
    }
    const double from = std::max(start.GetSeconds(), g_set.warmup);
    const double to = std::min((start + duration).GetSeconds(), g_set.warmup + g_set.duration);
    g_busy[node] += std::max(0.0, to - from);
}

Ptr<YansWifiChannel>
Channel(const NodeContainer& nodes)
{
    auto channel = CreateObject<YansWifiChannel>();
    channel->SetPropagationDelayModel(CreateObject<ConstantSpeedPropagationDelayModel>());
    if (g_set.layout == "hidden")
    {
        // A - B - C: nodes 0 and 2 reach 1 well and each other not at all.
        auto loss = CreateObject<MatrixPropagationLossModel>();
        loss->SetDefaultLoss(300);
        for (uint32_t end : {0, 2})
        {
            loss->SetLoss(nodes.Get(end)->GetObject<MobilityModel>(),
                          nodes.Get(1)->GetObject<MobilityModel>(),
                          80);
        }
        channel->SetPropagationLossModel(loss);
        return channel;
    }
    // Dual slope: exponents 2 and 4, change at 100 m. The reference loss is that of 5.9 GHz at 1 m; the default is
    // that of another frequency.
    auto loss = CreateObject<ThreeLogDistancePropagationLossModel>();
    loss->SetAttribute("Distance0", DoubleValue(1));
    loss->SetAttribute("Distance1", DoubleValue(100));
    loss->SetAttribute("Distance2", DoubleValue(1e6));
    loss->SetAttribute("Exponent0", DoubleValue(2));
    loss->SetAttribute("Exponent1", DoubleValue(4));
    loss->SetAttribute("Exponent2", DoubleValue(4));
    loss->SetAttribute("ReferenceLoss", DoubleValue(47.865));
    if (g_set.fading)
    {
        auto fading = CreateObject<NakagamiPropagationLossModel>();
        fading->SetAttribute("Distance1", DoubleValue(80));
        fading->SetAttribute("Distance2", DoubleValue(1e6));
        fading->SetAttribute("m0", DoubleValue(1.5));
        fading->SetAttribute("m1", DoubleValue(0.75));
        loss->SetNext(fading);
    }
    channel->SetPropagationLossModel(loss);
    return channel;
}

void
Place(const NodeContainer& nodes)
{
    auto list = CreateObject<ListPositionAllocator>();
    for (uint32_t node = 0; node < g_set.nodes; ++node)
    {
        if (g_set.layout == "cell")
        {
            // A small circle. A sink is in its middle and hears everybody equally well, so that of frames that collide
            // it gets none; between neighbours the nearer one's frame may be strong enough to be heard.
            const double angle = 2 * M_PI * node / g_set.nodes;
            const double radius = Talks(node) ? g_set.radius : 0;
            list->Add(Vector(radius * std::cos(angle), radius * std::sin(angle), 0));
        }
        else if (g_set.layout == "pair" || g_set.layout == "hidden")
        {
            list->Add(Vector(g_set.distance * node, 0, 0));
        }
        else if (g_set.layout == "road")
        {
            // Four lanes of 4 m, equal gaps: others can place theirs the same.
            list->Add(Vector(g_set.width * (node + 0.5) / g_set.nodes, 4.0 * (node % 4), 0));
        }
        else
        {
            list->Add(Vector(g_uniform->GetValue(0, g_set.width),
                             g_uniform->GetValue(0, g_set.height),
                             0));
        }
    }
    MobilityHelper mobility;
    mobility.SetPositionAllocator(list);
    mobility.SetMobilityModel(g_set.speed > 0 ? "ns3::ConstantVelocityMobilityModel"
                                              : "ns3::ConstantPositionMobilityModel");
    mobility.Install(nodes);
    for (uint32_t node = 0; node < g_set.nodes; ++node)
    {
        auto place = nodes.Get(node)->GetObject<MobilityModel>();
        g_places.push_back(place);
        if (g_set.speed > 0)
        {
            const double angle = g_uniform->GetValue(0, 2 * M_PI);
            DynamicCast<ConstantVelocityMobilityModel>(place)->SetVelocity(
                Vector(g_set.speed * std::cos(angle), g_set.speed * std::sin(angle), 0));
        }
    }
}

void
Install(const NodeContainer& nodes)
{
    YansWifiPhyHelper phy;
    phy.SetChannel(Channel(nodes));
    phy.SetErrorRateModel("ns3::NistErrorRateModel");
    // The default model drops frames below 4 dB before they are decoded, and with it whoever hears them weakly.
    phy.DisablePreambleDetectionModel();
    phy.Set("ChannelSettings", StringValue("{172, 10, BAND_5GHZ, 0}"));
    phy.Set("TxPowerStart", DoubleValue(20));
    phy.Set("TxPowerEnd", DoubleValue(20));
    phy.Set("RxNoiseFigure", DoubleValue(6));

    WifiHelper wifi;
    wifi.SetStandard(WIFI_STANDARD_80211p);
    wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager",
                                 "DataMode",
                                 StringValue("OfdmRate6MbpsBW10MHz"),
                                 "ControlMode",
                                 StringValue("OfdmRate6MbpsBW10MHz"),
                                 "NonUnicastMode",
                                 StringValue("OfdmRate6MbpsBW10MHz"));
    WifiMacHelper mac;
    mac.SetType("ns3::AdhocWifiMac",
                "QosSupported",
                BooleanValue(true),
                "FrameRetryLimit",
                UintegerValue(g_set.attempts));
    g_devices = wifi.Install(phy, mac, nodes);
    for (uint32_t node = 0; node < g_set.nodes; ++node)
    {
        auto device = DynamicCast<WifiNetDevice>(g_devices.Get(node));
        // Outside a BSS best effort has AIFSN 6; ns-3's ad-hoc stations use those of an infrastructure BSS, 3.
        auto txop = device->GetMac()->GetQosTxop(AC_BE);
        txop->SetAifsn(g_set.aifsn);
        txop->SetMinCw(15);
        txop->SetMaxCw(1023);
        txop->SetTxopLimit(Seconds(0));
        device->SetReceiveCallback(MakeCallback(&Receive));
        device->GetPhy()->TraceConnectWithoutContext("PhyTxBegin", MakeBoundCallback(&Began, node));
        device->GetPhy()->GetState()->TraceConnectWithoutContext("State",
                                                                 MakeBoundCallback(&State, node));
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    CommandLine cmd(__FILE__);
    cmd.AddValue("layout", "cell, pair, hidden, field or road", g_set.layout);
    cmd.AddValue("nodes", "number of radios", g_set.nodes);
    cmd.AddValue("distance", "of a pair, metres", g_set.distance);
    cmd.AddValue("radius", "of a cell, metres", g_set.radius);
    cmd.AddValue("width", "of a field, or length of a road, metres", g_set.width);
    cmd.AddValue("height", "of a field, metres", g_set.height);
    cmd.AddValue("speed", "of the radios of a field, m/s", g_set.speed);
    cmd.AddValue("traffic", "spread (one frame at a random time of each interval), poisson or saturated", g_set.traffic);
    cmd.AddValue("interval", "mean time between a node's frames, seconds", g_set.interval);
    cmd.AddValue("unicast", "frames go to the last node, acknowledged", g_set.unicast);
    cmd.AddValue("sink", "the last node only listens, and only what it hears counts", g_set.sink);
    cmd.AddValue("bytes", "of a frame's payload", g_set.bytes);
    cmd.AddValue("fading", "Nakagami, m 1.5 up to 80 m, 0.75 beyond", g_set.fading);
    cmd.AddValue("warmup", "seconds before anything counts", g_set.warmup);
    cmd.AddValue("duration", "measured seconds", g_set.duration);
    cmd.AddValue("bin", "width of a bin of distance, metres", g_set.bin);
    cmd.AddValue("attempts", "transmissions that a unicast may make", g_set.attempts);
    cmd.AddValue("aifsn", "of best effort", g_set.aifsn);
    cmd.AddValue("run", "number of the run, which all random numbers depend on", g_set.run);
    cmd.Parse(argc, argv);
    RngSeedManager::SetRun(g_set.run);
    g_uniform = CreateObject<UniformRandomVariable>();
    g_exponential = CreateObject<ExponentialRandomVariable>();
    g_exponential->SetAttribute("Mean", DoubleValue(g_set.interval));
    g_bins.resize(static_cast<size_t>(std::ceil(1000 / g_set.bin)));
    g_busy.resize(g_set.nodes);

    NodeContainer nodes(g_set.nodes);
    Place(nodes);
    Install(nodes);

    for (uint32_t node = 0; node < g_set.nodes; ++node)
    {
        if (!Talks(node))
        {
            continue;
        }
        if (g_set.traffic == "saturated")
        {
            Simulator::Schedule(Seconds(g_uniform->GetValue(0, 0.01)), &Fill, node);
        }
        else if (g_set.traffic == "poisson")
        {
            Simulator::Schedule(Seconds(g_exponential->GetValue()), &Poisson, node);
        }
        else
        {
            Simulator::ScheduleNow(&Spread, node);
        }
    }
    // Frames that are queued at the end of the measured time still have a while to arrive.
    Simulator::Stop(Seconds(g_set.warmup + g_set.duration + (g_set.traffic == "saturated" ? 0 : 1)));
    Simulator::Run();

    std::printf("offered=%llu\n", static_cast<unsigned long long>(g_offered));
    std::printf("received=%llu\n", static_cast<unsigned long long>(g_received));
    std::printf("all=%llu\n", static_cast<unsigned long long>(g_all));
    double busy = 0;
    for (double seconds : g_busy)
    {
        busy += seconds / g_set.duration / g_set.nodes;
    }
    std::printf("busy=%.6f\n", busy);
    for (size_t bin = 0; bin < g_bins.size(); ++bin)
    {
        if (g_bins[bin].sent > 0)
        {
            std::printf("bin=%zu %llu %llu\n",
                        bin,
                        static_cast<unsigned long long>(g_bins[bin].sent),
                        static_cast<unsigned long long>(g_bins[bin].received));
        }
    }
    Simulator::Destroy();
    return 0;
}
