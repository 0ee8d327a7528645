using BenchmarkDotNet.Running;
using FastAlign.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/FastAlign.Benchmarks -- [--threads N] (growth | tables | BenchmarkDotNet's own options, e.g. --filter '*linear*')
List<string> arguments = [.. args];
if (arguments.IndexOf("--threads") is >= 0 and int at)
{
    if (at + 1 == arguments.Count || !int.TryParse(arguments[at + 1], out int threads) || threads < 0)
    {
        Console.Error.WriteLine($"--threads: expected a number of at least 0, found {(at + 1 == arguments.Count ? "nothing" : $"'{arguments[at + 1]}'")}");
        return 2;
    }

    Machine.Threads = threads;
    arguments.RemoveRange(at, 2);
}

switch (arguments.FirstOrDefault())
{
    case "growth":
        return GrowthRun.Run(Console.Out) ? 0 : 1;
    case "tables":
        Console.WriteLine($"written to {Tables.Write()}");
        return 0;
    default:
        Console.WriteLine($"{Machine.Id}; {Machine.Roofs}");
        bool hasRun = BenchmarkSwitcher.FromAssembly(typeof(Machine).Assembly).Run([.. arguments], BenchmarkConfig.Create()).All(static summary => !summary.HasCriticalValidationErrors && summary.Reports.All(static report => report.Success));
        return hasRun && Board.IsAllRight ? 0 : 1;
}
