using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using PortKernel;

// One product of matrices from naive to tuned: each step verified against double-precision loops, then timed beside the roof of the device.
// usage: dotnet run -c Release --project samples/PortKernel -- [DEVICE [CASE]]
const string Suffix = "-dx";
const string LargeCase = "linear/attention-out-256x576x576-dx";

if (args.Length > 2)
{
    Console.Error.WriteLine($"usage: PortKernel [DEVICE [CASE]], DEVICE as in opencl, opencl:1, cuda");
    return 2;
}

try
{
    var selection = DeviceSelection.Parse(args.Length > 0 ? args[0] : "opencl");
    if (selection.Kind == DeviceKind.Simulator)
    {
        throw new InputException("DEVICE: expected opencl or cuda, got the simulator: threads of the host in the place of a GPU's take minutes, and their times say nothing");
    }

    string name = args.Length > 1 ? args[1] : LargeCase;
    TimedCase[] known = [.. ModelCases.All(isQuick: false).Where(static timed => timed.Name.EndsWith(Suffix, StringComparison.Ordinal))];
    TimedCase timed = Array.Find(known, timed => timed.Name == name) ?? throw new InputException($"CASE: expected one of {string.Join(", ", known.Select(static timed => timed.Name))}; got '{name}'");
    return Run(selection, timed.Create());
}
catch (Exception failure) when (failure is InputException or RunException)
{
    Console.Error.WriteLine(failure.Message);
    return failure is InputException ? 2 : 1;
}

static int Run(DeviceSelection selection, KernelCase timed)
{
    using var backend = new DeviceBackend(selection);
    StepResult[] results = [.. Step.All.Concat(Walk.Catalogue(backend.Info)).Select(step => Walk.Try(backend, step, timed, TimeBudget.Kernel))];
    Table.Write(backend, Walk.RoofsOf(backend, results), timed, results);
    return results.All(static result => result.Failure is null) ? 0 : 1;
}
